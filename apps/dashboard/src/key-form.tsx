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
          value={key}
          onInput={({ currentTarget }) => {
            setKey(currentTarget.value);
          }}
        />
        <button type="submit">Open</button>
      </form>
      {problem !== undefined && <p role="alert">{problem}</p>}
      <p class="note">The key is kept in the memory of this page, and nowhere else.</p>
    </main>
  );
}
