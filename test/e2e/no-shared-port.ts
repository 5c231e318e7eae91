import { Server } from 'node:net'

/** Loaded into a server's process by a test: a system that cannot share a port between processes, such as macOS. */
const { listen } = Server.prototype
Server.prototype.listen = function (this: Server, ...given: unknown[]): Server {
  const [options] = given
  if (typeof options !== 'object' || options === null || !('reusePort' in options) || !options.reusePort) {
    return (listen as (...given: unknown[]) => Server).apply(this, given)
  }
  const error = Object.assign(new Error('listen ENOTSUP: operation not supported on socket'), {
    code: 'ENOTSUP',
  })
  setImmediate(() => this.emit('error', error))
  return this
} as typeof listen
