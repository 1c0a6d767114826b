/** What the example uses of Deno, for the type check. Deno itself has these types. */
declare const Deno: {
  readonly env: { get(name: string): string | undefined };
  serve(options: { readonly port: number }, handler: (request: Request) => Promise<Response>): unknown;
};
