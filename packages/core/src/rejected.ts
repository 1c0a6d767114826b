/** A promise that rejects with `reason`, which need not be an error: a caller may abort with any value. */
export function rejected(reason: unknown): Promise<never> {
  return new Promise((_, reject: (reason: unknown) => void) => {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- passed on unchanged
    reject(reason);
  });
}
