/**
 * Fields of requests that are not named here; they pass through untouched. `any`, not `unknown`: only so do the
 * interfaces of OpenAI's SDK, which have no index signature, fit without a cast.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- see above
export type Extra = any;
