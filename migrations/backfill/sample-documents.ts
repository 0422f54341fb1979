import type { SourceDocument } from '../../services/core/index.ts';
import type { Partition, Source } from './source.ts';

/** So many documents from all over the source, from the beginning of each partition; fewer where there are fewer. */
export const sampleDocuments = async (
  source: Source,
  partitions: readonly Partition[],
  wanted: number,
): Promise<SourceDocument[]> => {
  // The smallest first: what they have too little of, the others make up for.
  const filled = partitions
    .filter(({ estimated }) => estimated > 0)
    .toSorted((a, b) => a.estimated - b.estimated);
  const documents: SourceDocument[] = [];
  for (const [i, partition] of filled.entries()) {
    const share = Math.ceil((wanted - documents.length) / (filled.length - i));
    if (share > 0) documents.push(...(await firstOf(source, partition, share)));
  }
  return documents;
};

const firstOf = async (source: Source, partition: Partition, count: number): Promise<SourceDocument[]> => {
  const documents: SourceDocument[] = [];
  for await (const batch of source.read(partition, null, count)) {
    documents.push(...batch.documents.slice(0, count - documents.length));
    if (documents.length >= count) break;
  }
  return documents;
};
