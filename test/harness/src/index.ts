export { createGitRepository, type FileContent, type GitRepository } from './git-repository.ts'
export { gitHttpServer, type GitHttpServer, type GitHttpServerOptions } from './git-http-server.ts'
