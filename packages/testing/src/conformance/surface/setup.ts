import type { ErrorKind, Surface, SurfaceAnswer } from "@modelyard/core";
import type { SurfaceExample } from "./samples.js";

export interface SurfaceSetup {
  /** A fresh surface for every test. */
  create(): Surface;
  /** At least one request for every call route. */
  readonly examples: readonly SurfaceExample[];
  /** The message in an error's body, as a client of the wire reads it. */
  readError(answer: SurfaceAnswer): string;
  /** Statuses by kind, where the wire has its own. */
  readonly statuses?: Partial<Readonly<Record<ErrorKind, number>>>;
}
