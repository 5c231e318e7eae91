/** A moment as people read it off a clock, in local time: `14:05`, on another day `2026-11-24 14:05`. Epoch ms. */
export function clockTime(at: number, now: number): string {
  const moment = new Date(at)
  const time = moment.toTimeString().slice(0, 5)
  return moment.toDateString() === new Date(now).toDateString() ? time : `${day(moment)} ${time}`
}

function day(moment: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`
}
