/** Why a file cannot be read, in sentences that fit behind its name. */
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
