/**
 * Other fields of requests, which are passed on unchanged. `any` instead of `unknown`, so that the interfaces of
 * OpenAI's SDK, which have no index signature, are assignable without a cast.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- see above
export type Extra = any;
