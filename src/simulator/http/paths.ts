/** The path of a request's URL, without its query; the control endpoints also answer below `/v1`. */
export function pathOf(url: string): string {
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  return path.startsWith('/v1/_simulator/') ? path.slice(3) : path
}

/** Values of the `:name` segments where the path has the pattern's form; null where it has not. */
export function matchPath(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return null
  const parameters: Record<string, string> = {}
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? ''
    if (segment.startsWith(':')) parameters[segment.slice(1)] = decodeURIComponent(value)
    else if (segment !== value) return null
  }
  return parameters
}
