# All images of a release, for both platforms, with their provenance and a bill of materials. From the repository's root:
#   REGISTRY=registry.example/sweetdream VERSION=1.2.0 REVISION=$(git rev-parse HEAD) SOURCE=https://… \
#     docker buildx bake --file deploy/bake.hcl --push
variable "REGISTRY" { default = "sweetdream" }
variable "VERSION" { default = "dev" }
variable "REVISION" { default = "" }
variable "SOURCE" { default = "" }

group "default" { targets = ["service", "analytics", "storefront"] }

target "release" {
  context   = "."
  platforms = ["linux/amd64", "linux/arm64"]
  attest    = ["type=provenance,mode=max", "type=sbom"]
  args      = { VERSION = VERSION, REVISION = REVISION, SOURCE = SOURCE }
}

target "service" {
  inherits   = ["release"]
  dockerfile = "deploy/service.Dockerfile"
  target     = "service"
  name       = one.service
  matrix = {
    one = [
      { service = "backend", port = "3001" },
      { service = "order_service", port = "3002" },
      { service = "user_service", port = "3003" },
    ]
  }
  args = { SERVICE = one.service, PORT = one.port }
  tags = ["${REGISTRY}/${one.service}:${VERSION}"]
}

# The Lambda that exports events.
target "analytics" {
  inherits   = ["release"]
  dockerfile = "deploy/service.Dockerfile"
  target     = "lambda"
  args       = { SERVICE = "analytics" }
  tags       = ["${REGISTRY}/analytics:${VERSION}"]
}

target "storefront" {
  inherits   = ["release"]
  dockerfile = "deploy/storefront.Dockerfile"
  tags       = ["${REGISTRY}/storefront:${VERSION}"]
}
