import { invalidOption } from "@modelyard/core/kit";

/** @throws `invalid_option` */
export async function loadRedis(): Promise<never> {
  throw invalidOption(
    "redis",
    "the file configures Redis, whose client needs Node.",
    "Remove the settings of Redis, or run on Node.",
  );
}
