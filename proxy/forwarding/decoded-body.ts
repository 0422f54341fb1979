import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';

type Decode = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const DECODERS: { readonly [encoding: string]: Decode } = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/** A body as it was before its Content-Encoding, at most `maxBytes` long; or why it cannot be had. */
export const decodedBody = async (
  bytes: Buffer,
  encoding: string | undefined,
  maxBytes: number,
): Promise<Buffer | 'too-large' | 'undecodable'> => {
  if (encoding === undefined || encoding === 'identity' || bytes.length === 0) return bytes;
  const decode = DECODERS[encoding.toLowerCase()];
  if (!decode) return 'undecodable';
  try {
    return await decode(bytes, { maxOutputLength: maxBytes });
  } catch (thrown) {
    const tooLarge = thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE';
    return tooLarge ? 'too-large' : 'undecodable';
  }
};
