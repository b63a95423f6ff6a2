/** The files of a small web shop, as its team keeps them in Git. A release changes the image, and what the pages say. */
export function shopFiles(release: number): Readonly<Record<string, string>> {
  return {
    'README.md': '# Web shop\n\nThe manifests lie in `k8s/`.\n',
    'k8s/namespace.yaml': namespace,
    'k8s/config.yaml': config(release),
    'k8s/web.yaml': web(release),
  }
}

const namespace = `apiVersion: v1
kind: Namespace
metadata:
  name: web-shop
`

const config = (release: number) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: web-config
data:
  greeting: Welcome to release ${release}
  currency: EUR
`

const web = (release: number) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    app: web
spec:
  replicas: ${release % 2 === 0 ? 3 : 2}
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: registry.example/web-shop:1.${release}
          ports:
            - containerPort: 8080
          envFrom:
            - configMapRef:
                name: web-config
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
    - name: http
      port: 80
      targetPort: 8080
`
