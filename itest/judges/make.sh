# make -j4: a C project of 40 files, with a library, generated sources, a test; the job server, errors, touching.
# needs: make gcc ar
# seconds: 90
mkdir -p src
parts=${QUICK:+8}
for i in $(seq "${parts:-40}"); do
    cat >src/part$i.c <<C
#include <stdio.h>
#include <string.h>
#include "all.h"
static int table[64];
int part$i(int x) {
    char text[64];
    for (int i = 0; i < 64; i++) table[i] = i * x + $i;
    snprintf(text, sizeof text, "%d-%d", x, table[x & 63]);
    return (int) strlen(text) + table[(x + $i) & 63];
}
C
done
cat >main.c <<'C'
#include <stdio.h>
#include "all.h"
int main(void) {
    long sum = 0;
    for (int x = 0; x < 1000; x++) sum += all(x);
    printf("%ld\n", sum);
    return 0;
}
C
cat >Makefile <<'MAKE'
CFLAGS = -O1 -g -fdebug-prefix-map=$(CURDIR)=. -Wall -I.
PARTS := $(basename $(notdir $(wildcard src/*.c)))
OBJECTS := $(PARTS:%=obj/%.o)
all: program
	$(MAKE) -f Makefile deeper
deeper: one two three
one two three:
	@sleep 0.05; test -n "$(MAKEFLAGS)" && touch $@.done
program: main.o all.o libparts.a
	$(CC) -o $@ main.o all.o -L. -lparts
libparts.a: $(OBJECTS)
	ar rcs $@ $^
obj/%.o: src/%.c all.h | obj
	$(CC) $(CFLAGS) -MMD -c -o $@ $<
obj:
	mkdir -p obj
all.h:
	for p in $(PARTS); do echo "int $$p(int x);"; done > $@; echo "int all(int x);" >> $@
all.c: all.h
	{ echo '#include "all.h"'; echo "int all(int x) { return 0"; for p in $(PARTS); do echo " + $$p(x)"; done; echo "; }"; } > $@
main.o: main.c all.h
all.o: all.c
check: program
	./program | tee result | grep -q .
broken: missing
bad:
	$(CC) -c -o bad.o bad.c
fails:
	@exit 3
clean:
	rm -rf obj *.o *.a program all.[ch] *.done
.PHONY: all deeper check clean bad fails
-include $(wildcard obj/*.d)
MAKE
make -j4 >log 2>&1; echo "make $?"
sort log | grep -v 'directory' | sed "s:$PWD:.:g" | sed 's/make\[1\]/make/' | sha256sum
./program
make -j4 -q; echo "nothing to do $?"
sleep 0.02; touch src/part3.c; make -j4 2>&1 | grep -c -e part3 -e 'ar rcs' -e '-o program'
make -j4 check; cat result
make broken 2>&1; echo "$?"
echo 'int f( {' >bad.c; make -k bad fails 2>&1 | sed 's/^.*\(error:\)/\1/'; echo "${PIPESTATUS[0]}"
sha256sum <obj/part1.o; sha256sum <program
ls *.done
make -s clean; ls
make -j8 -s --output-sync=target CFLAGS='-O2 -I.' check; echo "again $?"
nm libparts.a | grep -c ' T part'
# One that is ended leaves no half-made target.
cat >slow.mk <<'MAKE'
target:
	echo begun > $@; sleep 20; echo ended >> $@
MAKE
make -f slow.mk target >/dev/null 2>slow.log & pid=$!
for try in $(seq 100); do [ -s target ] && break; sleep 0.05; done
kill -TERM $pid; wait $pid; echo "ended $?"; ls target 2>/dev/null
grep -o 'Deleting file.*' slow.log
