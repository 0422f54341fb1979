import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A load balancer of one rule that keeps the weights it is sent: the emulator takes them and drops them. */
export interface ListenerRule {
  readonly endpoint: string;
  /** By the ARN of the target group. */
  weights: { [targetGroup: string]: number };
  /** The weights that it was sent, oldest first. */
  readonly written: ListenerRule['weights'][];
  close(): void;
}

/** Speaks as much of the load balancer's query protocol as reading and writing one rule takes. */
export const startListenerRule = async (weights: {
  [targetGroup: string]: number;
}): Promise<ListenerRule> => {
  const server = createServer(async (req, res) => {
    const form = new URLSearchParams(await text(req));
    const action = form.get('Action') ?? '';
    if (action === 'ModifyRule') {
      rule.weights = weightsIn(form);
      rule.written.push(rule.weights);
    }
    res.setHeader('content-type', 'text/xml');
    res.end(answerOf(action, form.get('RuleArn') ?? '', rule.weights));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const rule: ListenerRule = {
    endpoint: `http://127.0.0.1:${port}`,
    weights,
    written: [],
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return rule;
};

const weightsIn = (form: URLSearchParams): ListenerRule['weights'] => {
  const weights: ListenerRule['weights'] = {};
  for (const [name, value] of form) {
    if (name.endsWith('.TargetGroupArn'))
      weights[value] = Number(form.get(name.replace('TargetGroupArn', 'Weight')));
  }
  return weights;
};

const answerOf = (action: string, arn: string, weights: ListenerRule['weights']): string => {
  const groups = Object.entries(weights).map(
    ([group, weight]) =>
      `<member><TargetGroupArn>${group}</TargetGroupArn><Weight>${weight}</Weight></member>`,
  );
  const forward = `<ForwardConfig><TargetGroups>${groups.join('')}</TargetGroups></ForwardConfig>`;
  const rule = `<member><RuleArn>${arn}</RuleArn><Actions><member><Type>forward</Type>${forward}</member></Actions></member>`;
  return `<${action}Response xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><${action}Result><Rules>${rule}</Rules></${action}Result></${action}Response>`;
};
