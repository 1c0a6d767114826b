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

export function Values({ values }: { readonly values: readonly ConfiguredValue[] }): JSX.Element {
  return (
    <dl>
      {values.map(({ label, value, origin }) => (
        <div key={label} class={origin === "default" ? "default" : ""}>
          <dt>{label}</dt>
          <dd>
            {value} <small>{origin}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}
