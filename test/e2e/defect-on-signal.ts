/** Loaded into a server's process by a test: defects that nobody catches, on SIGWINCH. */
let count = 0
process.on('SIGWINCH', () => {
  count += 1
  setImmediate(() => {
    throw new Error(`thrown ${count}\nwith sk-test-0123456789abcdef`)
  })
  void Promise.reject(new Error(`forgotten ${count}`))
})
