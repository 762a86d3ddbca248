# gcc: compiles, links and runs programs; exceptions, threads, a shared object.
# needs: gcc g++
cat >a.c <<'C'
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <math.h>
static void *work(void *p) { long n = 0; for (long i = 0; i < 10000; i++) n += i % ((long)p + 2); return (void *)n; }
int main(int argc, char **argv) {
    pthread_t t[4];
    for (long i = 0; i < 4; i++) pthread_create(&t[i], 0, work, (void *)i);
    for (int i = 0; i < 4; i++) { void *r; pthread_join(t[i], &r); printf("%ld\n", (long)r); }
    jmp_buf b; volatile int n = 0;
    if (setjmp(b) < 3) longjmp(b, ++n);
    printf("%d %.17g %d\n", n, sqrt(argc + 1.0), (int)sizeof(long double));
    return 9;
}
C
gcc -O1 -o a a.c -pthread -lm && ./a | head -n 4; echo "${PIPESTATUS[@]}"
cat >b.cc <<'C'
#include <csignal>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>
struct Guard { std::string name; ~Guard() { std::cout << "unwound " << name << std::endl; } };
static void deep(int n) { Guard g{std::to_string(n)}; if (n == 0) throw std::runtime_error("bottom"); deep(n - 1); }
static void handler(int) { throw 42; }
int main() {
    try { deep(3); } catch (const std::exception &e) { std::cout << e.what() << std::endl; }
    std::signal(SIGSEGV, handler);
    try { volatile int *volatile p = nullptr; *p = 1; } catch (int n) { std::cout << "from a handler " << n << std::endl; }
    try { std::vector<int>().at(5); } catch (const std::out_of_range &) { std::cout << "range" << std::endl; }
}
C
g++ -O1 -fnon-call-exceptions -o b b.cc && ./b; echo $?
echo 'int f(int x) { return x * 3; }' >f.c
echo '#include <stdio.h>
int f(int); int main() { printf("%d\n", f(14)); }' >m.c
gcc -shared -fPIC -o libf.so f.c && gcc -o m m.c -L. -lf -Wl,-rpath,"$PWD" && ./m
