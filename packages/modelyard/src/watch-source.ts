import type { SourceFiles } from "./source-files.js";

export interface WatchOptions {
  /** Called after a change was applied, with warnings about settings that only take effect at the next start. */
  readonly onReload?: (warnings: readonly string[]) => void;
  /** Called with the error if a change was rejected. The router keeps its previous configuration. */
  readonly onError?: (error: unknown) => void;
  /**
   * How often the files are checked. A change is applied once it is the same in two checks in a row. Milliseconds,
   * above 0.
   * @defaultValue 100
   */
  readonly everyMs?: number;
}

/**
 * Polls files for changes. File system events are not used, because they are not delivered on network mounts, and are
 * lost when an editor replaces a file or a symbolic link is moved.
 * @param files - returns the files of the last load, even if it failed
 * @returns a function that stops polling
 */
export function watchSource(
  files: () => SourceFiles,
  reload: () => Promise<readonly string[]>,
  { onReload, onError, everyMs = 100 }: WatchOptions,
): () => void {
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  let unsettled: string | undefined;
  const check = async (): Promise<void> => {
    const change = await files().changed();
    if (change === undefined || change !== unsettled) {
      unsettled = change;
      return;
    }
    unsettled = undefined;
    try {
      // Not inlined: if `onReload` is not set, the arguments of its call are not evaluated.
      const warnings = await reload();
      onReload?.(warnings);
    } catch (error) {
      onError?.(error);
    }
  };
  const again = (): void => {
    if (ended) return;
    timer = setTimeout(() => void check().finally(again), everyMs);
    timer.unref();
  };
  again();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
