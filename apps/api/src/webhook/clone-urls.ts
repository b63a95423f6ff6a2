/** The addresses of the repository that a push tells of, as GitHub, GitLab and Gitea name them. Whatever else it says is not looked at. */
export function cloneUrls(body: Uint8Array): string[] {
  const payload = parse(body)
  const places = [field(payload, 'repository'), field(payload, 'project')]
  return places.flatMap((place) => names.map((name) => field(place, name)).filter((url) => typeof url === 'string'))
}

const names = ['clone_url', 'ssh_url', 'git_http_url', 'git_ssh_url', 'html_url', 'http_url', 'url'] as const

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    return undefined
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined
}
