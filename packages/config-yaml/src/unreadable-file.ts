/** Thrown by a `readFile` to explain why a file cannot be read. Messages show both sentences after the file's name. */
export class UnreadableFile extends Error {
  readonly problem: string;
  readonly remedy: string;

  constructor(problem: string, remedy: string) {
    super(`${problem} ${remedy}`);
    this.name = "UnreadableFile";
    this.problem = problem;
    this.remedy = remedy;
  }
}
