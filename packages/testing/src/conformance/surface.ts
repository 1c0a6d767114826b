import { describe } from "vitest";
import { describeReading } from "./surface/reading.js";
import { describeRoutes } from "./surface/routes.js";
import type { SurfaceSetup } from "./surface/setup.js";
import { describeStreams } from "./surface/streams.js";
import { describeAnswers, describeErrors } from "./surface/writing.js";

export type { ReadStream, SurfaceExample } from "./surface/samples.js";
export type { SurfaceSetup } from "./surface/setup.js";

/** Tests every promise of the `Surface` contract. */
export function describeSurface(name: string, setup: SurfaceSetup): void {
  describe(`${name} as a Surface`, () => {
    describeRoutes(() => setup.create());
    describeReading(setup);
    describeAnswers(setup);
    describeErrors(setup);
    describeStreams(setup);
  });
}
