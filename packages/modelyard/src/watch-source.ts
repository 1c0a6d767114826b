import type { SourceFiles } from "./source-files.js";

export interface WatchOptions {
  /** Told of what a change that was taken over could not change, in sentences; empty: everything is taken over. */
  readonly onReload?: (warnings: readonly string[]) => void;
  /** Told why a change was not taken over. The router goes on as it was. */
  readonly onError?: (error: unknown) => void;
  /** How often the files are looked at. A change is taken over when it stood still from one look to the next. Milliseconds, above 0. @defaultValue 100 */
  readonly everyMs?: number;
}

/**
 * Looks at the files again and again. No events of the file system are used: they are lost on network mounts, and
 * editors that replace a file or links that are moved take them away.
 * @param files - those of the last load, failed ones included
 * @returns what ends it
 */
export function watchSource(
  files: () => SourceFiles,
  reload: () => Promise<readonly string[]>,
  { onReload, onError, everyMs = 100 }: WatchOptions,
): () => void {
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  let unsettled: string | undefined;
  const look = async (): Promise<void> => {
    const change = await files().changed();
    if (change === undefined || change !== unsettled) {
      unsettled = change;
      return;
    }
    unsettled = undefined;
    try {
      // Apart: an optional call that is skipped skips what its arguments do.
      const warnings = await reload();
      onReload?.(warnings);
    } catch (error) {
      onError?.(error);
    }
  };
  const again = (): void => {
    if (ended) return;
    timer = setTimeout(() => void look().finally(again), everyMs);
    timer.unref();
  };
  again();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
