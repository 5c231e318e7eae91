/** What a check found. `note` is worth knowing and no fault. */
export interface Finding {
  readonly check: string
  readonly state: 'good' | 'note' | 'bad'
  /** One line: what was found, and where it is bad, what to do. */
  readonly text: string
}
