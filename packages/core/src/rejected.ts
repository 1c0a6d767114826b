/** A promise that rejects with whatever the reason is: a caller may call off with anything. */
export function rejected(reason: unknown): Promise<never> {
  return new Promise((_, reject: (reason: unknown) => void) => {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- as it came
    reject(reason);
  });
}
