import sys
from tests.work.test_why import *
def test_show(house, capfd):
    import tests.work.test_why as t
    orig=t.told
    t.test_every_candidate_hears_the_reason_in_both_languages(house)
    with house.inside(): item=Item.objects.get().id
    for l in('en','es'):
        r=subprocess.run([sys.executable,'-m','rightaway.cli.main','why',str(item),'--organisation',str(house.id),'--language',l],capture_output=True,text=True)
        open(f'/tmp/w/why_{l}.txt','w').write(r.stdout+r.stderr)
    for cmd in (['check','--organisation',str(house.id)],['doctor']):
        import os
        r=subprocess.run([sys.executable,'-m','rightaway.cli.main',*cmd],capture_output=True,text=True,env={**os.environ,'LANG':'es_MX.UTF-8'})
        open(f'/tmp/w/why_{cmd[0]}.txt','w').write(r.stdout+r.stderr)
