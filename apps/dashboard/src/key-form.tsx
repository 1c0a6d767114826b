import type { JSX } from "preact";
import { useState } from "preact/hooks";

export interface KeyFormProps {
  readonly problem: string | undefined;
  readonly onKey: (key: string) => void;
}

/** Asks for the master key, which then stays in memory. */
export function KeyForm({ problem, onKey }: KeyFormProps): JSX.Element {
  const [key, setKey] = useState("");
  return (
    <main class="key">
      <img src="/dashboard/icon.svg" alt="" width="40" height="40" />
      <h1>Modelyard</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (key !== "") onKey(key);
        }}
      >
        <label for="key">Master key</label>
        <input
          id="key"
          type="password"
          autocomplete="off"
          autofocus
          required
          value={key}
          aria-describedby="note"
          onInput={({ currentTarget }) => {
            setKey(currentTarget.value);
          }}
        />
        <button class="primary" type="submit">
          Open
        </button>
      </form>
      {problem !== undefined && <p role="alert">{problem}</p>}
      <p class="note" id="note">
        The key stays in the memory of this page until you close or reload it.
      </p>
    </main>
  );
}
