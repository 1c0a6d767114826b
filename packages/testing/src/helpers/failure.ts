import type { RouterError } from "@modelyard/core";

/**
 * The error that a promise rejects with, so that a test can look at its fields.
 * @throws if the promise resolves
 */
export async function failure<Failure = RouterError>(promise: Promise<unknown>): Promise<Failure> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error as Failure;
  }
  throw new Error(`expected the promise to reject, but it resolved to ${typeof value}`);
}
