declare module 'murmurhash3js-revisited' {
  const murmurHash3: {
    /** Off: the bytes are not checked one by one. */
    inputValidation: boolean;
    x86: { hash32(bytes: Uint8Array, seed?: number): number };
  };
  export default murmurHash3;
}
