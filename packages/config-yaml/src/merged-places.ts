import type { Place } from "./document.js";
import type { Path } from "./path.js";
import { type FoundPlace, type PlaceData, PlaceTable } from "./place-table.js";

/** Which document a top-level key came from: its whole value, or the elements of its list from `from` on. */
interface Origin {
  readonly key: string;
  /** The first element, or -1 for the whole value. */
  readonly from: number;
  /** The document's position in `documents`. */
  readonly document: number;
}

/**
 * The source positions of all values of a file and the files it includes, as plain data that can be sent to another
 * process.
 */
export interface PlacesData {
  /** The main file. */
  readonly file: string;
  readonly documents: readonly (PlaceData & { readonly file: string })[];
  /** If several have the same key, the last one wins. */
  readonly origins: readonly Origin[];
}

/** Looks up the source positions of values, across files. */
export class MergedPlaces {
  readonly data: PlacesData;
  readonly #tables: PlaceTable[] = [];

  constructor(data: PlacesData) {
    this.data = data;
  }

  /** Where a value was written, or its nearest parent if it was not. */
  placeOf(path: Path): Place {
    const [file, found] = this.#locate(path) ?? [this.data.file, undefined];
    return { file, ...(found?.nearest ?? { line: 1, column: 1 }) };
  }

  /** Where a value was written, or `undefined` if it was not. */
  find(path: Path): Place | undefined {
    const [file = "", found] = this.#locate(path) ?? [];
    return found?.exact === undefined ? undefined : { file, ...found.exact };
  }

  #locate(path: Path): readonly [file: string, found: FoundPlace] | undefined {
    const [key, index] = path;
    for (const { key: name, from, document } of this.data.origins.toReversed()) {
      if (name !== key) continue;
      if (from === -1) return this.#within(document, path);
      if (typeof index === "number" && index >= from)
        return this.#within(document, [key, index - from, ...path.slice(2)]);
    }
    return undefined;
  }

  #within(document: number, path: Path): readonly [file: string, found: FoundPlace] | undefined {
    const data = this.data.documents[document];
    if (data === undefined) return undefined;
    this.#tables[document] ??= new PlaceTable(data);
    return [data.file, this.#tables[document].find(path)];
  }
}
