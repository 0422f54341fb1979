/** Stands for the package `whatwg-url` in bundles: Node has the same two classes, by the same standard. */
export const { URL, URLSearchParams } = globalThis;
