import { programOnPath, runProgram, saidOf } from './run-program.ts';

/** A JDK on the search path, and Maven if it is there. */
export interface Java {
  readonly java: string;
  readonly javac: string;
  /** `17`. */
  readonly version: number;
  readonly maven: string | undefined;
}

const OLDEST = 11;

/** The JDK on the search path; otherwise a sentence on what is missing. */
export const findJava = async (path: string): Promise<Java | { readonly why: string }> => {
  const [java, javac, maven] = ['java', 'javac', 'mvn'].map((name) => programOnPath(name, path));
  if (!java) return { why: 'there is no java on the PATH' };
  if (!javac) return { why: 'there is a java on the PATH, but no javac: a JDK is needed' };
  try {
    const printed = await runProgram(java, ['--version'], { timeoutMs: 20_000 });
    const version = Number(/^\S+ (\d+)/.exec(printed)?.[1] ?? 0);
    if (version < OLDEST) return { why: `java is ${version}, ${OLDEST} or newer is needed` };
    return { java, javac, version, maven };
  } catch (thrown) {
    return { why: `java does not work: ${saidOf(thrown)}` };
  }
};
