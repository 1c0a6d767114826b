import type { Place } from "./document.js";
import type { Path } from "./path.js";
import { type FoundPlace, type PlaceData, PlaceTable } from "./place-table.js";

/** Where the parts of one top-level key came from: the whole value, or the elements of a list from `from` on. */
interface Origin {
  readonly key: string;
  /** -1 for the whole value. */
  readonly from: number;
  /** Position in `documents`. */
  readonly document: number;
}

/** Where every value of a file and of the files it includes was written. Plain data, which another process can take over. */
export interface PlacesData {
  /** The main file. */
  readonly file: string;
  readonly documents: readonly (PlaceData & { readonly file: string })[];
  /** A later one of the same key wins. */
  readonly origins: readonly Origin[];
}

/** Finds where values were written, across files. */
export class MergedPlaces {
  readonly data: PlacesData;
  readonly #tables: PlaceTable[] = [];

  constructor(data: PlacesData) {
    this.data = data;
  }

  /** Where a value was written; for one that was not, where its nearest parent was. */
  placeOf(path: Path): Place {
    const [file, found] = this.#locate(path) ?? [this.data.file, undefined];
    return { file, ...(found?.nearest ?? { line: 1, column: 1 }) };
  }

  /** Where a value was written; `undefined`: it was not. */
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
