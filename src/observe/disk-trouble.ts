/** Why something could not be written, in a few words. `place` stands for a path that the system does not name. */
export function diskTrouble(error: unknown, place: string): string {
  const { code, path, message } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'the disk is full'
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return `${path ?? place} is not writable`
  return message ?? String(error)
}
