# A menu: the work is done by meson and the scripts.
.PHONY: menu build test demo fmt fuzz
NAME ?= filter
SECONDS ?= 60

menu:
	@echo 'make build                        the programs: build/release/nightjar, nightjar-sim'
	@echo 'make test                         everything that must hold before a change goes in'
	@echo 'make demo                         a store with simulated traffic, and its map'
	@echo 'make fmt                          format the C files'
	@echo 'make fuzz NAME=filter SECONDS=60  fuzz one target (scripts/fuzz prints them)'

build:
	@scripts/build
test:
	@scripts/test
demo:
	@scripts/demo
fmt:
	@scripts/fmt --fix
fuzz:
	@scripts/fuzz $(NAME) $(SECONDS)
