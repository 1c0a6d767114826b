import { failed, router } from "../../lib/router";

export async function POST(request: Request): Promise<Response> {
  try {
    const messages = [{ role: "user" as const, content: await request.text() }];
    const answer = await router.completion({ model: "fast", messages }, { signal: request.signal });
    return Response.json({ answer: answer.choices[0]?.message.content });
  } catch (error) {
    return failed(error);
  }
}
