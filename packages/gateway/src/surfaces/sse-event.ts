/** One server-sent event, named after the type of its data, as readers of typed events expect it. */
export function sseEvent(data: object): string {
  const { type } = data as { readonly type?: unknown };
  return `event: ${String(type)}\ndata: ${JSON.stringify(data)}\n\n`;
}
