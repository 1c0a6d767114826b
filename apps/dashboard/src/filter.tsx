import type { JSX } from "preact";
import { linkTo, type Route } from "./route.js";

/** A search field whose value is in the address, so that a link shows the same rows. */
export function Filter({ route, children }: { readonly route: Route; readonly children?: JSX.Element }): JSX.Element {
  const fields = Object.fromEntries(route.fields);
  return (
    <p class="filter">
      <input
        type="search"
        aria-label="Filter"
        placeholder="Filter (press /)"
        value={fields["filter"] ?? ""}
        onInput={({ currentTarget }) => {
          const link = linkTo(route.tab, route.item, { ...fields, filter: currentTarget.value });
          history.replaceState(undefined, "", link);
          dispatchEvent(new HashChangeEvent("hashchange"));
        }}
      />
      {children}
    </p>
  );
}
