/** A scenario that cannot be used; the message says where and why. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError'
}
