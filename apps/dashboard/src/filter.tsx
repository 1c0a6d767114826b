import type { JSX } from "preact";
import { linkTo, type Route } from "./route.js";

export interface FilterProps {
  readonly route: Route;
  /** A choice besides the text, which is in the address too. */
  readonly toggle?: { readonly field: string; readonly value: string; readonly label: string };
}

/** A search field whose value is in the address, so that a link shows the same rows. */
export function Filter({ route, toggle }: FilterProps): JSX.Element {
  const fields = Object.fromEntries(route.fields);
  const change = (name: string, value: string): void => {
    history.replaceState(undefined, "", linkTo(route.tab, route.item, { ...fields, [name]: value }));
    dispatchEvent(new HashChangeEvent("hashchange"));
  };
  return (
    <div class="filter">
      <input
        type="search"
        aria-label="Filter"
        placeholder="Filter (press /)"
        value={fields["filter"] ?? ""}
        onInput={({ currentTarget }) => {
          change("filter", currentTarget.value);
        }}
      />
      {toggle !== undefined && (
        <label class="check">
          <input
            type="checkbox"
            checked={fields[toggle.field] === toggle.value}
            onChange={({ currentTarget }) => {
              change(toggle.field, currentTarget.checked ? toggle.value : "");
            }}
          />
          {toggle.label}
        </label>
      )}
    </div>
  );
}
