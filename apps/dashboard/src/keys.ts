import { useEffect } from "preact/hooks";
import { linkTo, readRoute, tabs } from "./route.js";

/** What the keys do, as the help shows it. */
export const keyHelp = [
  ["1 – 5", "choose a tab"],
  ["/", "go to the filter; Escape leaves it"],
  ["j, k", "go to the next or previous request"],
  ["Enter", "show how it came about"],
  ["Escape", "close details"],
  ["?", "show this help"],
] as const;

/** Moves the focus among the rows of a list. */
function moveBy(step: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  const now = rows.indexOf(document.activeElement as HTMLElement);
  const next = now === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, now + step));
  rows[next]?.focus();
}

const actions: Readonly<Record<string, (event: KeyboardEvent, onHelp: () => void) => void>> = {
  j: () => {
    moveBy(1);
  },
  k: () => {
    moveBy(-1);
  },
  "/": (event) => {
    event.preventDefault();
    document.querySelector<HTMLElement>("input[type=search]")?.focus();
  },
  "?": (_event, onHelp) => {
    onHelp();
  },
  Escape: () => {
    const { tab, item, fields } = readRoute(location.hash);
    if (item !== "") location.hash = linkTo(tab, "", Object.fromEntries(fields));
  },
};

/** Keys for the whole page, which do nothing while somebody is typing. */
export function useKeys(onHelp: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target, key } = event;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (target instanceof HTMLElement && target.closest("dialog") !== null) return;
      if (target instanceof HTMLElement && target.matches("input:not([type=checkbox]), select")) {
        if (key === "Escape") target.blur();
        return;
      }
      const tab = tabs[Number(key) - 1];
      if (tab !== undefined) location.hash = linkTo(tab);
      if (Object.hasOwn(actions, key)) actions[key]?.(event, onHelp);
    };
    addEventListener("keydown", onKey);
    return () => {
      removeEventListener("keydown", onKey);
    };
  }, [onHelp]);
}
