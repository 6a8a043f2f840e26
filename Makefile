# The commands of this project. Each is also a script in scripts/.
FILE ?= README.md

.PHONY: build demo devnet test check generate

build: ## one static binary: bin/chancery
	scripts/build

demo: build ## a chain, a contract, a real file, a proof verified offline
	bin/chancery demo --file "$(FILE)"

devnet: build ## a chain that keeps running, with ready-made accounts
	bin/chancery devnet

test: ## the whole test suite; builds the contracts it needs
	scripts/test-all

check: ## format, vet, staticcheck, generated code, imports, short tests with -race
	scripts/check

generate: ## write api/gen and the examples' generated code anew
	scripts/generate
