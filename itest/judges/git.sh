# git: init, add, commit, log, branches, merge, rebase, clone, fetch, gc, fsck, hooks, several at once.
# needs: git
# seconds: 60
export HOME=$PWD GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat GIT_EDITOR=true
export GIT_AUTHOR_DATE='2024-01-02T03:04:05Z' GIT_COMMITTER_DATE='2024-01-02T03:04:05Z'
git config --global user.name Judge
git config --global user.email judge@example.org
git config --global init.defaultBranch main
git config --global advice.detachedHead false
git config --global protocol.file.allow always
git init -q one
cd one || exit 1
for i in $(seq 1 60); do
    mkdir -p "d$((i % 7))"
    seq "$i" $((i * 50)) >"d$((i % 7))/file$i"
done
git add .
git status --short | wc -l
git commit -q -m 'First'
git rev-parse HEAD
changes=${QUICK:+6}
for i in $(seq "${changes:-25}"); do
    seq "$i" $((i * 60)) >"d$((i % 7))/file$i"
    git commit -q -a -m "Change $i"
done
git log --oneline | cat | tail -n 3
git log --stat -n 2 | cat
git log --format='%H %an %s' | sha256sum
git checkout -q -b side HEAD~3
echo side >side; git add side; git commit -q -m 'Side'
git checkout -q main
git merge -q --no-ff -m 'Merge' side; echo "merge $?"
git checkout -q -b conflict HEAD~1; echo mine >d1/file1; git commit -q -a -m 'Mine'
git merge main~2 >/dev/null; git checkout -q main; echo theirs >d1/file1; git commit -q -a -m 'Theirs'
git merge conflict; echo "conflict $?"
git diff --name-only --diff-filter=U; git merge --abort
git rebase main side >/dev/null 2>&1; echo "rebase $?"
git checkout -q main
git tag -a -m 'Tag' v1
git describe
printf '#!/bin/sh\necho hook ${1##*/} >&2\nexit 1\n' >.git/hooks/pre-push; chmod +x .git/hooks/pre-push
printf '#!/bin/sh\nread line <"$1"; case $line in Bad*) exit 1 ;; esac\n' >.git/hooks/commit-msg; chmod +x .git/hooks/commit-msg
git commit -q --allow-empty -m 'Bad one'; echo "hook $?"
git commit -q --allow-empty -m 'Good one'; echo "hook $?"
git grep -c 100 HEAD -- d1 | tail -n 2
git blame -s d1/file1 | head -n 2
git bisect start -q HEAD v1~5 >/dev/null; git bisect run sh -c '[ ! -e side ]' | grep -c 'first bad commit'; git bisect reset >/dev/null 2>&1
git stash list; echo dirty >>d1/file1; git stash -q; git stash pop -q; git diff --shortstat; git checkout -q .
git worktree add -q ../tree side; git -C ../tree log -n 1 --format=%s; git worktree list | wc -l
git gc -q --prune=now; echo "gc $?"
git count-objects -v | grep -e ^count -e ^packs -e in-pack
git fsck --full; echo "fsck $?"
git repack -q -a -d -f --threads=4; git verify-pack -v .git/objects/pack/*.pack | grep -c -e commit -e tree -e blob
cd ..
git clone -q one two; echo "clone $?"
git clone -q --bare "file://$PWD/one" bare.git; echo "clone through upload-pack $?"
git -C two log --oneline | wc -l
git -C two checkout -q -b work; echo more >two/more; git -C two add more; git -C two commit -q -m 'More'
git -C two push -q "$PWD/bare.git" work; echo "push $?"
git -C one fetch -q ../bare.git work; git -C one log -n 1 --format=%s FETCH_HEAD
git -C one push -q "$PWD/bare.git" main 2>&1 | head -n 1
(for i in 1 2 3 4; do git -C one log -p | sha256sum & done; wait) | uniq -c | tr -s ' '
# Only one of those at once gets the index's lock; all objects are whole.
for i in 1 2 3 4; do (cd one && for k in 1 2 3; do echo "$i $k" | git hash-object -w --stdin; done) & done | sort | sha256sum; wait
git -C one archive --format=tar HEAD | tar -tf - | wc -l
git -C one ls-files -s | sha256sum
git -C one submodule --quiet add ../two sub; git -C one submodule status | cut -d' ' -f3
port=$((40000 + RANDOM % 10000))
git daemon --reuseaddr --export-all --listen=127.0.0.1 --port=$port --base-path="$PWD" "$PWD" 2>/dev/null & daemon=$!
for try in $(seq 100); do git ls-remote git://127.0.0.1:$port/bare.git >refs 2>/dev/null && break; sleep 0.1; done
wc -l <refs
git clone -q git://127.0.0.1:$port/bare.git three; echo "clone by network $?"
kill $daemon; wait $daemon; echo "daemon $?"
git -C three rev-parse HEAD
