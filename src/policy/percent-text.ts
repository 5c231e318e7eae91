/** A share as people read it: `87 %`. */
export function percentText(share: number): string {
  return `${Math.round(share * 100)} %`
}
