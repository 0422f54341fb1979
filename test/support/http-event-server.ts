import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

type Handler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * Serves a Lambda handler over HTTP as an API Gateway HTTP API does (payload 2.0): `routeKeys` as in
 * `GET /profiles/{id}`; what no route matches is answered 404 without asking the handler.
 */
export const serveHandler = async (
  handler: Handler,
  routeKeys: readonly string[],
): Promise<{ baseUrl: string; stop(): Promise<void> }> => {
  const server = createServer(async (request, response) => {
    const event = await eventOf(request, routeKeys);
    if (!event) return response.writeHead(404).end('{"message":"Not Found"}');
    const { statusCode = 200, headers = {}, body, isBase64Encoded } = await handler(event);
    const named = Object.entries(headers).map(([name, value]) => [name, String(value)]);
    response.writeHead(statusCode, Object.fromEntries(named));
    return response.end(body && isBase64Encoded ? Buffer.from(body, 'base64') : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
};

const eventOf = async (
  request: IncomingMessage,
  routeKeys: readonly string[],
): Promise<APIGatewayProxyEventV2 | undefined> => {
  const url = new URL(request.url ?? '/', 'http://api.test');
  const route = matchingRoute(`${request.method} ${url.pathname}`, routeKeys);
  if (!route) return undefined;
  const body = await buffer(request);
  const base = { routeKey: route.routeKey, stage: '$default', time: '', timeEpoch: Date.now() };
  const account = { accountId: '1', apiId: 'api', domainName: 'api.test', domainPrefix: 'api' };
  const http = { method: request.method ?? '', path: url.pathname, protocol: 'HTTP/1.1' };
  return {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(',')]),
    ),
    pathParameters: route.parameters,
    requestContext: {
      ...base,
      ...account,
      requestId: '1',
      http: { ...http, sourceIp: '127.0.0.1', userAgent: 'test' },
    },
    // API Gateway encodes what is no text; the handler has to take either.
    isBase64Encoded: body.length > 0 && body.length % 2 === 0,
    ...(body.length > 0 ? { body: body.toString(body.length % 2 === 0 ? 'base64' : 'utf8') } : {}),
  };
};

const matchingRoute = (line: string, routeKeys: readonly string[]) => {
  for (const routeKey of routeKeys) {
    const pattern = routeKey.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    const groups = new RegExp(`^${pattern}$`).exec(line)?.groups;
    if (!groups) continue;
    const decoded = Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]);
    return { routeKey, parameters: Object.fromEntries(decoded) };
  }
  return undefined;
};
