/** How long a condition may stay unmet before the test is given up: far longer than anything takes on a busy machine. */
const PATIENCE_MS = 30_000

/** Resolves once the condition holds; rejects, naming it, when it never does. For what tells of itself by no event. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`never came to pass: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
