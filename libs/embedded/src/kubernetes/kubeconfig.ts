import { renameSync, writeFileSync } from 'node:fs'

/** Writes a kubeconfig (mode 0600) for one user of one server. */
export function writeKubeconfig(
  file: string,
  access: { server: string; ca: string; user: string; token: string },
): void {
  const { server, ca, user, token } = access
  const text = `apiVersion: v1
kind: Config
clusters:
  - name: plimsoll
    cluster:
      server: ${server}
      certificate-authority-data: ${Buffer.from(ca).toString('base64')}
users:
  - name: ${user}
    user:
      token: ${token}
contexts:
  - name: plimsoll
    context:
      cluster: plimsoll
      user: ${user}
current-context: plimsoll
`
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
