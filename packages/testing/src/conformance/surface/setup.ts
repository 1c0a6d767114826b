import type { ErrorKind, Surface } from "@modelyard/core";
import type { SurfaceAnswer } from "@modelyard/core/kit";
import type { SurfaceExample } from "./samples.js";

export interface SurfaceSetup {
  /** Creates a fresh surface. Called once per test. */
  create(): Surface;
  /** At least one request per call route. */
  readonly examples: readonly SurfaceExample[];
  /** Reads the message in the body of an error, like a client of the wire. */
  readError(answer: SurfaceAnswer): string;
  /** Statuses by error kind, where they differ from the default. */
  readonly statuses?: Partial<Readonly<Record<ErrorKind, number>>>;
}
