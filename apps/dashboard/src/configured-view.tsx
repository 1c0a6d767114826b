import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Configured, ConfiguredValue } from "./data.js";
import type { Connection } from "./feed.js";

/** What the proxy answers for a query, `undefined` while it is asked, or why it could not be read. */
export function useConfigured(connection: Connection, query: string): Configured | string | undefined {
  const [answer, setAnswer] = useState<Configured | string>();
  useEffect(() => {
    let current = true;
    setAnswer(undefined);
    if (query === "") return;
    const show = (value: Configured | string): void => {
      if (current) setAnswer(value);
    };
    connection
      .get(`/dashboard/explain?${query}`)
      .then(async (response) => {
        const body: unknown = await response.json();
        show(response.ok ? (body as Configured) : (body as { error: { message: string } }).error.message);
      })
      .catch(() => {
        show("The proxy does not respond.");
      });
    return () => {
      current = false;
    };
  }, [connection, query]);
  return answer;
}

export interface ValuesProps {
  readonly label: string;
  readonly values: readonly ConfiguredValue[];
  /** Whether to show those that nobody has set, too. */
  readonly defaults: boolean;
}

export function Values({ label, values, defaults }: ValuesProps): JSX.Element {
  const shown = values.filter(({ origin }) => defaults || origin !== "default");
  if (shown.length === 0) return <p class="empty">Only defaults.</p>;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table class="values">
        <thead>
          <tr>
            <th scope="col">Setting</th>
            <th scope="col">Value</th>
            <th scope="col">Where it comes from</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((value) => (
            <tr key={value.label} class={value.origin === "default" ? "default" : ""}>
              <th scope="row">{value.label}</th>
              <td>{value.value}</td>
              <td>
                <code>{value.origin}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
