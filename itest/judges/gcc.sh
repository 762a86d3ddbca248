# gcc: C and, where it is there, C++; preprocessor, optimizer, assembler, linker, pipes, errors, threads, sanitizers' absence.
# needs: gcc
# seconds: 60
cat >life.c <<'C'
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
enum { SIZE = 64 };
static unsigned char board[2][SIZE][SIZE];
static _Thread_local int mine;
static atomic_int total;
static int cell(int b, int y, int x) { return board[b][(y + SIZE) % SIZE][(x + SIZE) % SIZE]; }
static void step(int b) {
    for (int y = 0; y < SIZE; y++)
        for (int x = 0; x < SIZE; x++) {
            int n = 0;
            for (int d = 0; d < 9; d++) if (d != 4) n += cell(b, y + d / 3 - 1, x + d % 3 - 1);
            board[!b][y][x] = n == 3 || (n == 2 && board[b][y][x]);
        }
}
static void *thread(void *arg) {
    for (int i = 0; i < 1000; i++) { mine++; total++; }
    return (void *) (long) (mine + (int) (long) arg);
}
static jmp_buf back;
static void caught(int s) { longjmp(back, s); }
int main(int argc, char **argv) {
    unsigned seed = 12345;
    for (int y = 0; y < SIZE; y++) for (int x = 0; x < SIZE; x++) board[0][y][x] = (seed = seed * 1103515245 + 12345) >> 30 & 1;
    for (int i = 0; i < 100; i++) step(i & 1);
    int alive = 0;
    for (int y = 0; y < SIZE; y++) for (int x = 0; x < SIZE; x++) alive += board[0][y][x];
    pthread_t t[4];
    long sum = 0;
    for (long i = 0; i < 4; i++) pthread_create(&t[i], 0, thread, (void *) i);
    for (int i = 0; i < 4; i++) { void *r; pthread_join(t[i], &r); sum += (long) r; }
    signal(SIGFPE, caught);
    volatile int zero = argc - 1;
    int s = setjmp(back);
    if (!s) printf("%d\n", 1 / zero);
    double d = 0;
    for (int i = 1; i < 10000; i++) d += sin(i) / i;
    printf("%d alive, %ld, %d, signal %d, %.12f, %Lg\n", alive, sum, total, s, d, sqrtl(2.0L));
    return 0;
}
C
few=${QUICK:+x}
for options in -O0 '-O2 -march=x86-64-v2' '-O3 -flto -ffast-math' '-Os -static' '-O2 -pipe -g -fPIE -pie -Wl,-z,now' '-O1 -save-temps'; do
    case $few$options in x-O3* | x-Os* | x*-pipe*) continue ;; esac
    # shellcheck disable=SC2086
    gcc $options -fdebug-prefix-map="$PWD=." -Wall -pthread -o life life.c -lm; echo "gcc $options: $?"
    ./life | cut -d, -f1-4
    case $options in *flto*) ;; *) sha256sum <life ;; esac
done
ls life-life.* 2>/dev/null | cat; ls ./*.s
gcc -E -dM -x c /dev/null | sort | sha256sum
gcc -O2 -S -o - life.c | sha256sum
echo 'int main(void) { return undeclared; }' | gcc -x c - -o bad; echo "error $?"
echo 'int f(void); int main(void) { return f(); }' | gcc -x c - -o bad 2>&1 | grep -c 'undefined reference'
echo '#include "nowhere.h"' | gcc -x c -c - -o bad 2>&1 | grep -o 'nowhere.h: .*'
echo 'int x; int main(int c, char **v) { int y; if (c > 5) y = 1; return y + v[0][0] * 0; }' | gcc -O2 -Wall -Wextra -x c -c - -o warn.o 2>&1 | grep -o '\[-W.*\]'
printf 'int twice(int x) { return 2 * x; }\n' >twice.c
gcc -shared -fPIC -o libtwice.so twice.c
printf '#include <stdio.h>\n#include <dlfcn.h>\nint main(void) { void *h = dlopen("./libtwice.so", RTLD_NOW); printf("%%d\\n", ((int (*)(int)) dlsym(h, "twice"))(21)); return dlclose(h); }\n' >load.c
gcc -o load load.c -ldl && ./load
gcc -c -g twice.c && objdump -d twice.o | grep -c ret; strip twice.o; size twice.o | tail -n 1 | cut -f1-4; readelf -h life | grep Machine
gcc -fprofile-arcs -ftest-coverage -o covered twice.c -x c - <<< 'int twice(int); int main(void) { return twice(0); }' && ./covered; ls ./*.gcda | wc -l
if [ -z "$few" ] && command -v g++ >/dev/null; then
    cat >judge.cc <<'CC'
#include <algorithm>
#include <condition_variable>
#include <future>
#include <iostream>
#include <map>
#include <mutex>
#include <regex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>
int main() {
    std::map<std::string, int> words;
    std::string text = "the quick brown fox jumps over the lazy dog the end";
    std::regex word("\\w+");
    for (std::sregex_iterator i(text.begin(), text.end(), word), e; i != e; ++i) words[i->str()]++;
    for (auto &[w, n] : words) std::cout << w << ' ' << n << '\n';
    std::vector<std::future<long>> futures;
    for (int i = 0; i < 6; i++) futures.push_back(std::async(std::launch::async, [i] { long s = 0; for (int k = 0; k < 100000; k++) s += k % (i + 2); return s; }));
    for (auto &f : futures) std::cout << f.get() << '\n';
    std::mutex m; std::condition_variable c; bool ready = false;
    std::thread t([&] { std::unique_lock l(m); ready = true; c.notify_one(); });
    { std::unique_lock l(m); c.wait(l, [&] { return ready; }); }
    t.join();
    try { std::async(std::launch::async, [] { throw std::runtime_error("thrown"); }).get(); } catch (std::exception &e) { std::cout << e.what() << '\n'; }
}
CC
    g++ -std=c++17 -O2 -pthread -o judge judge.cc && ./judge; echo "g++ $?"
fi
